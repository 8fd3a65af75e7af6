// Cameras: the list, one that is added, and one that is edited.
import { useRoute } from 'wouter';
import { useServer } from '../api/index.js';
import { AddCamerasPage } from './add-page.js';
import { EditCameraPage } from './edit-page.js';
import { CameraList } from './list.js';

export default function CamerasPage() {
  const [, edited] = useRoute('/cameras/edit/:id');
  const [adding] = useRoute('/cameras/add');
  // What was typed for one server is never sent to another.
  const server = useServer();
  if (adding) return <AddCamerasPage key={server.id} />;
  if (edited?.id) {
    return <EditCameraPage key={`${server.id} ${edited.id}`} id={decodeURIComponent(edited.id)} />;
  }
  return <CameraList key={server.id} />;
}
