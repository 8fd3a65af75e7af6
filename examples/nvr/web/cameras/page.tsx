// Cameras: the list, one that is added, and one that is edited.
import { useRoute } from 'wouter';
import { AddCamerasPage } from './add-page.js';
import { EditCameraPage } from './edit-page.js';
import { CameraList } from './list.js';

export default function CamerasPage() {
  const [, edited] = useRoute('/cameras/edit/:id');
  const [adding] = useRoute('/cameras/add');
  if (adding) return <AddCamerasPage />;
  if (edited?.id) return <EditCameraPage key={edited.id} id={decodeURIComponent(edited.id)} />;
  return <CameraList />;
}
